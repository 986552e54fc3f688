/** Packages and their licences. Pure. */
export interface Package {
  name: string;
  version: string;
  licence: string;
  /** Places in the list of texts. */
  texts?: readonly number[];
}

export interface Licences {
  packages: readonly Package[];
  texts?: readonly string[];
}

export function textsOf(licences: Licences, one: Package): string[] {
  return (one.texts ?? []).flatMap((place) => licences.texts?.[place] ?? []);
}

export function filterPackages(packages: readonly Package[], name: string, licence: string): Package[] {
  const wanted = name.trim().toLowerCase();
  return packages.filter((one) => one.name.toLowerCase().includes(wanted) && (licence === "" || one.licence === licence));
}

/** Each licence once, the commonest first. */
export function licencesOf(packages: readonly Package[]): { licence: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const one of packages) counts.set(one.licence, (counts.get(one.licence) ?? 0) + 1);
  return [...counts].map(([licence, count]) => ({ licence, count })).sort((left, right) => right.count - left.count || left.licence.localeCompare(right.licence));
}
