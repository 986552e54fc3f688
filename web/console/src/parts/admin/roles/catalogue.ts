/** The permissions that rules may name. */
import { call } from "../../../api/client";
import type { Permission } from "./rules";

export async function loadCatalogue(signal: AbortSignal): Promise<Permission[]> {
  return (await call<{ items: Permission[] }>("GET", "/api/v1/permissions", { signal })).items;
}
