/**
 * Reads the HTML of a document's preview and keeps its text, its structure and nothing else: elements from a list,
 * no attribute but the spans of table cells. The server sanitises already; this is the second lock. The parser's
 * document is inert: no script runs, nothing is fetched.
 */
export interface SafeNode {
  tag: string;
  columns?: number;
  rows?: number;
  children: (SafeNode | string)[];
}

const KEPT = new Set("h1 h2 h3 h4 h5 h6 p div section article blockquote pre code ul ol li dl dt dd table caption thead tbody tfoot tr th td strong b em i u s sub sup br hr span".split(" "));
const DROPPED = new Set("script style template iframe object embed noscript head title svg math link meta base form input button select textarea".split(" "));
/** A hostile document may nest without end; a page that is read does not. */
const DEPTH_MAX = 64;
/** Nodes shown: a sheet of 2 000 rows with 20 columns; more is for the downloaded file. */
export const NODES_MAX = 50_000;
const SPAN_MAX = 100;

export interface SafeDocument {
  nodes: (SafeNode | string)[];
  /** Whether something was left out because there was too much. */
  cut: boolean;
}

export function safeDocument(html: string): SafeDocument {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const budget = { left: NODES_MAX };
  const nodes = childrenOf(body, budget, 0);
  return { nodes, cut: budget.left <= 0 };
}

function childrenOf(parent: Element, budget: { left: number }, depth: number): (SafeNode | string)[] {
  const found: (SafeNode | string)[] = [];
  for (const child of parent.childNodes) {
    if (budget.left <= 0) break;
    budget.left -= 1;
    if (child.nodeType === Node.TEXT_NODE) found.push(child.textContent ?? "");
    else if (child.nodeType === Node.ELEMENT_NODE) found.push(...kept(child as Element, budget, depth));
  }
  return found;
}

function kept(element: Element, budget: { left: number }, depth: number): (SafeNode | string)[] {
  const tag = element.tagName.toLowerCase();
  if (DROPPED.has(tag)) return [];
  if (depth >= DEPTH_MAX) return [element.textContent ?? ""];
  const children = childrenOf(element, budget, depth + 1);
  if (!KEPT.has(tag)) return children;
  const node: SafeNode = { tag, children };
  if (tag === "td" || tag === "th") {
    node.columns = spanOf(element.getAttribute("colspan"));
    node.rows = spanOf(element.getAttribute("rowspan"));
  }
  return [node];
}

function spanOf(value: string | null): number | undefined {
  const span = Number(value);
  return Number.isInteger(span) && span > 1 ? Math.min(span, SPAN_MAX) : undefined;
}
