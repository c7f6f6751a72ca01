// Says two minutes beforehand that a session is about to end, and keeps it if somebody is there (WCAG 2.2.1).
const WARN = 2 * 60 * 1000
const LONGEST = 30 * 60 * 1000

export function watch () {
  const box = document.getElementById('idle')
  if (!box) return
  const stay = document.getElementById('idle-stay')
  let left = Number(box.dataset.left)
  let timers = []

  function start () {
    timers.forEach(clearTimeout)
    timers = [
      setTimeout(() => { box.hidden = false; stay.focus() }, Math.max(left - WARN, 0)),
      // Nothing about a family stays on the screen of somebody who has gone.
      setTimeout(() => { window.location.assign('/sign-in') }, left)
    ]
  }

  stay.addEventListener('click', async () => {
    box.hidden = true
    const answer = await fetch('/account', { credentials: 'same-origin' })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const fresh = page.getElementById('idle')
    left = fresh ? Math.min(Number(fresh.dataset.left), LONGEST) : 0
    start()
  })
  start()
}
