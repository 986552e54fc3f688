/** Tags of a contact, for servers that send them; others send none. Pure. */
export function tagsOf(contact: object): string[] {
  const tags: unknown = "tags" in contact ? contact.tags : undefined;
  if (!Array.isArray(tags)) return [];
  const names = tags.map((tag: unknown): string => {
    if (typeof tag === "string") return tag;
    return typeof tag === "object" && tag !== null && "name" in tag && typeof tag.name === "string" ? tag.name : "";
  });
  return [...new Set(names.filter((name) => name !== ""))];
}

/** `wecom` of `wecom:ww123`: the kind of channel a source belongs to. */
export function channelOf(source: string): string {
  return source.split(":")[0] ?? source;
}
