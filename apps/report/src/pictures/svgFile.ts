/** A picture of the page as a file of its own: with the colours that the page has now, on its paper, and with its font. */
export function svgFile(svg: SVGSVGElement, title: string): string {
  const style = getComputedStyle(document.documentElement);
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const heading = document.createElementNS(copy.namespaceURI, 'title');
  heading.textContent = title;
  const paper = document.createElementNS(copy.namespaceURI, 'rect') as SVGRectElement;
  for (const [name, value] of Object.entries({ width: '100%', height: '100%', fill: 'var(--paper)' }))
    paper.setAttribute(name, value);
  copy.prepend(heading, paper);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('font-family', 'system-ui, sans-serif');
  copy.setAttribute('font-size', '12');
  return new XMLSerializer()
    .serializeToString(copy)
    .replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim())
    .replaceAll('currentColor', style.getPropertyValue('--ink').trim());
}
