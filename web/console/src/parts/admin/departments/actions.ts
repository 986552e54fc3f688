/** What can be done to departments and members of our own, each with its question, its note and its way back. */
import { type Schemas, api, ask } from "../../../api/client";
import { useText } from "../../../i18n";
import departments from "../../../i18n/departments";
import { confirmed } from "../../../ui/forms/confirm";
import { told, toldFault, toldWithUndo } from "../../../ui/toast";
import { type Department, type Member, memberBody } from "./places";

const t = useText(departments);
const place = (id: number): { params: { path: { id: string } } } => ({ params: { path: { id: String(id) } } });
const putDepartment = (id: number, body: Schemas["PutDepartment"]): Promise<Department> => ask(api.PUT("/api/v1/departments/{id}", { ...place(id), body }));
const makeDepartment = (body: Schemas["PutDepartment"]): Promise<Department> => ask(api.POST("/api/v1/departments", { body }));

export interface LocalActions {
  /** Renames or moves; the fault is the form's to tell. */
  put: (before: Department, after: Schemas["PutDepartment"]) => Promise<void>;
  made: (department: Department) => void;
  /** Whether it is gone. */
  remove: (department: Department) => Promise<boolean>;
  leave: (member: Member) => Promise<void>;
  comeBack: (member: Member) => Promise<void>;
}

/** `local`: our own departments as they are now; `after`: what is to be read again. */
export function useLocalActions(local: () => readonly Department[], after: () => Promise<unknown>): LocalActions {
  /** A fault is told and nothing else happens. */
  async function run(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      await after();
      return true;
    } catch (cause) {
      toldFault(cause);
      return false;
    }
  }
  const become = (member: Member, status: Schemas["MemberStatus"]): Promise<boolean> => run(() => ask(api.PUT("/api/v1/members", { body: memberBody(member, status, local()) })));

  async function takeBack(act: () => Promise<unknown>, note: string): Promise<void> {
    if (await run(act)) told(note);
  }
  return {
    async put(before, now) {
      await putDepartment(before.id, now);
      const back = { name: before.name, parent: before.parent ?? null };
      const note = now.name === before.name ? t("department.moved", { name: now.name }) : t("department.renamed", { name: now.name });
      toldWithUndo(note, () => void takeBack(() => putDepartment(before.id, back), t("department.put_back", { name: before.name })));
    },
    made: (department) => told(t("department.made", { name: department.name })),
    async remove(department) {
      const { name } = department;
      if (!(await confirmed({ title: t("ask.remove_department", { name }), text: t("ask.remove_department_text", { name }), act: t("remove"), danger: true }))) return false;
      const done = await run(() => ask(api.DELETE("/api/v1/departments/{id}", place(department.id))));
      const again = { name, parent: department.parent ?? null };
      if (done) toldWithUndo(t("department.removed", { name }), () => void takeBack(() => makeDepartment(again), t("department.made_again", { name })));
      return done;
    },
    async leave(member) {
      const { name, status } = member;
      if (!(await confirmed({ title: t("ask.leave", { name }), text: t("ask.leave_text", { name }), act: t("leave"), danger: true }))) return;
      if (await become(member, "left")) toldWithUndo(t("member.left", { name }), () => void become(member, status).then((done) => done && told(t("member.back", { name }))));
    },
    async comeBack(member) {
      if (await become(member, "active")) told(t("member.back", { name: member.name }));
    },
  };
}
