/** Puts rules into the page. For modules, which run once: a part brings its look along. */
export function addStyle(rules: string): void {
  document.head.appendChild(document.createElement('style')).textContent = rules;
}
