/** Where a department of our own may stand, and what a member of our own becomes. Pure. */
import type { Schemas } from "../../../api/client";

export type Department = Schemas["DepartmentView"];
export type Member = Schemas["MemberView"];

/** Our own departments that `id` may stand below: neither itself nor one inside it. */
export function placesFor(local: readonly Department[], id: number | undefined): Department[] {
  return local.filter((one) => id === undefined || !one.path.includes(id));
}

/** Whether something stands in a department, as far as the page knows; the server decides. */
export function isEmpty(rows: readonly Department[], department: Department): boolean {
  return department.members === 0 && rows.every((one) => one.parent !== department.id);
}

/** What the server is sent to make a member what it is, or the same with another status. Of departments that are gone it takes none. */
export function memberBody(member: Member, status: Schemas["MemberStatus"], local: readonly Department[]): Schemas["PutMember"] {
  const inside = member.departments.filter((place) => local.some((one) => one.id === place.id));
  return {
    userid: member.userid,
    name: member.name,
    position: member.position,
    status,
    departments: inside.map((place) => place.id),
    leads: inside.filter((place) => place.leads).map((place) => place.id),
  };
}
