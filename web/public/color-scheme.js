// Runs before the first paint, so that the page does not flash in the wrong colours. A file of its own, because scripts within
// the page are forbidden by its Content-Security-Policy. The key is the component library's.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('mantine-color-scheme-value');
  } catch {
    // Storage may be switched off; then the system decides.
    chosen = null;
  }
  var isDark = chosen === 'dark' || (chosen !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
})();
