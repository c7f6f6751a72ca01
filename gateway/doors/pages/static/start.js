// Makes the components quicker to use. Every page works without it.
import { initAll } from '/static/govuk-6.6.0.js'
import { watch } from '/static/idle.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()
watch()

// A value beside a button is copied by it. Without a script there is no button, and the value can be selected.
for (const button of document.querySelectorAll('.copies .copy')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector('bdi').textContent)
    button.firstChild.data = 'Copied'
    document.querySelector('.copied').textContent = 'Copied' + button.lastChild.textContent
  })
}

// What is still being worked out is looked at again; without scripts there is a link that does it.
const again = document.querySelector('[data-look-again]')
if (again) {
  setTimeout(() => location.reload(), Number(again.dataset.lookAgain) * 1000)
}
