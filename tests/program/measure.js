// Measures the status page in the frame: its width, the frame's width, whether it is dark, and the text that stands out
// least from what is behind it, with its contrast as WCAG defines it.
const page = document.querySelector('iframe').contentDocument, view = page.defaultView
const numbers = color => color.match(/[\d.]+/g).map(Number)
const isClear = color => numbers(color)[3] === 0
const weights = [0.2126, 0.7152, 0.0722]
const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
const light = color => weights.reduce((sum, weight, i) => sum + weight * linear(numbers(color)[i] / 255), 0)
const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
}
const style = element => view.getComputedStyle(element)
const ink = element => element.closest('svg') ? style(element).fill : style(element).color
// In the graph: the circle of a number, the box of a service, or the paper.
const shape = element => {
    const before = element.previousElementSibling
    if (before?.matches('circle')) return before
    return element.closest('g')?.querySelector('rect') ?? element.closest('svg').querySelector('.paper')
}
const behind = element => {
    if (element.closest('svg')) return style(shape(element)).fill
    for (let at = element; at; at = at.parentElement) {
        if (!isClear(style(at).backgroundColor)) return style(at).backgroundColor
    }
    return 'rgb(255, 255, 255)'
}
const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())
const texts = [...page.querySelectorAll('body *:not(title, style)')].filter(hasText)
const least = texts.map(element => [contrast(ink(element), behind(element)), element.outerHTML])
    .sort((a, b) => a[0] - b[0])[0]
const isDark = view.matchMedia('(prefers-color-scheme: dark)').matches
document.title = [page.documentElement.scrollWidth, view.innerWidth, isDark, texts.length, ...least].join('|')
