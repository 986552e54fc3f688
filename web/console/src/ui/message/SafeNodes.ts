/** Shows a document that was read into plain nodes (`safeHtml.ts`). */
import { type FunctionalComponent, type VNodeChild, h } from "vue";
import type { SafeNode } from "./safeHtml";

function shown(node: SafeNode | string): VNodeChild {
  if (typeof node === "string") return node;
  return h(node.tag, { colspan: node.columns, rowspan: node.rows }, node.children.map(shown));
}

const SafeNodes: FunctionalComponent<{ nodes: readonly (SafeNode | string)[] }> = (props) => props.nodes.map(shown);
SafeNodes.props = ["nodes"];
export default SafeNodes;
