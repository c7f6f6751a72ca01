// Makes the components quicker to use. Every page works without it.
import { initAll } from '/static/govuk-6.6.0.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()
