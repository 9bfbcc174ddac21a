/** SVG elements from plain data: `['path', { d, fill }, child, …]`. */
export type Attributes = Record<string, string | number>;
export type Drawing = readonly [tag: string, attributes: Attributes, ...children: Drawing[]];

const NAMESPACE = 'http://www.w3.org/2000/svg';

export function element(tag: string, attributes: Attributes = {}): SVGElement {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** `#name` in an attribute becomes this drawing's own: several faces may stand in one document. */
export function draw(drawing: Drawing, own: string): SVGElement {
  const [tag, attributes, ...children] = drawing;
  const made = element(tag);
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    made.setAttribute(name, name === 'id' ? own + text : text.replace(/url\(#/g, `url(#${own}`));
  }
  made.append(...children.map((child) => draw(child, own)));
  return made;
}

/** A number as a drawing needs it. */
export const n = (value: number): string => String(Math.round(value * 100) / 100);

export const path = (d: string, fill: string, more: Attributes = {}): Drawing => ['path', { d, fill, ...more }];
export const line = (d: string, stroke: string, width: number, more: Attributes = {}): Drawing => [
  'path',
  { d, fill: 'none', stroke, 'stroke-width': width, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', ...more },
];
export const circle = (cx: number, cy: number, r: number, fill: string, more: Attributes = {}): Drawing => ['circle', { cx, cy, r, fill, ...more }];
export const ellipse = (cx: number, cy: number, rx: number, ry: number, fill: string, more: Attributes = {}): Drawing => ['ellipse', { cx, cy, rx, ry, fill, ...more }];
export const group = (attributes: Attributes, ...children: Drawing[]): Drawing => ['g', attributes, ...children];
/** Colours from top to bottom. */
export const fade = (id: string, ...stops: [number, string, number?][]): Drawing => gradient('linearGradient', { id, x1: 0, y1: 0, x2: 0, y2: 1 }, stops);
export const glow = (id: string, ...stops: [number, string, number?][]): Drawing => gradient('radialGradient', { id }, stops);

function gradient(tag: string, attributes: Attributes, stops: [number, string, number?][]): Drawing {
  return [tag, attributes, ...stops.map(([offset, colour, opacity]): Drawing => ['stop', { offset, 'stop-color': colour, ...(opacity === undefined ? {} : { 'stop-opacity': opacity }) }])];
}
