/** Makes elements. Text always goes in as text nodes, never as markup, so nothing a message says can become page. */

export type Child = Node | string | null | undefined | false;
export type Children = Child | readonly Child[];

type Handler<K extends keyof HTMLElementEventMap> = (event: HTMLElementEventMap[K]) => void;
type Handlers = { [K in keyof HTMLElementEventMap]?: Handler<K> };

export interface Props {
  class?: string;
  on?: Handlers;
  [attribute: string]: string | number | boolean | undefined | Handlers;
}

const SVG = "http://www.w3.org/2000/svg";

export function append(parent: Node, children: readonly Children[]): void {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) parent.appendChild(toNode(child as Node | string));
  }
}

function toNode(child: Node | string): Node {
  return typeof child === "string" ? document.createTextNode(child) : child;
}

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props?: Props | null, ...children: Children[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element: HTMLElement, name: string, value: Props[string]): void {
  if (value === undefined || value === false) return;
  if (name === "on") {
    for (const [type, handler] of Object.entries(value as Handlers)) {
      element.addEventListener(type, handler as EventListener);
    }
    return;
  }
  element.setAttribute(name, value === true ? "" : String(value));
}

export function svg(tag: string, attributes: Record<string, string | number>, ...children: SVGElement[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Puts these children in place of whatever was there. */
export function replace(parent: Element, ...children: Children[]): void {
  parent.replaceChildren();
  append(parent, children);
}

/** Sets the text only if it changed, so that a polled number does not disturb a selection. */
export function setText(element: Element, text: string): boolean {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}
