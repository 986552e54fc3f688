/** Who is signed in and what they may do. The session itself is a cookie that scripts cannot read. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { ApiFault, type Schemas, api, ask, call } from "../api/client";

/** Says only that asking is worth while: without it the first question of every visit would be refused. */
const STORED_AS = "xinlu.signed_in";

export type Level = Schemas["Level"];
const LEVELS: readonly Level[] = ["metadata", "masked", "text"];

export const useSession = defineStore("session", () => {
  const me = ref<Schemas["Me"]>();
  const asked = ref(false);
  const setupNeeded = ref(false);

  const permissions = computed(() => new Set((me.value?.grants ?? []).map((grant) => grant.permission)));
  const name = computed(() => me.value?.member_name ?? me.value?.name ?? "");
  const passwordDue = computed(() => me.value?.password_due === true);

  /** Whether any of these is held somewhere. */
  function may(...wanted: readonly string[]): boolean {
    return wanted.length === 0 || wanted.some((one) => permissions.value.has(one));
  }
  /** The highest level at which a permission is held somewhere. */
  function levelOf(permission: string): Level | undefined {
    const held = (me.value?.grants ?? []).filter((grant) => grant.permission === permission).map((grant) => LEVELS.indexOf(grant.level));
    return held.length === 0 ? undefined : LEVELS[Math.max(...held)];
  }
  async function load(): Promise<void> {
    try {
      me.value = await ask(api.GET("/api/v1/sessions"));
      localStorage.setItem(STORED_AS, "1");
    } catch (cause) {
      if (!(cause instanceof ApiFault) || cause.status !== 401) throw cause;
      forget();
    }
  }
  /** Once a visit: is somebody signed in, or has the server yet to be set up? */
  async function start(): Promise<void> {
    if (asked.value) return;
    if (localStorage.getItem(STORED_AS) !== null) await load();
    if (!me.value) setupNeeded.value = (await ask(api.GET("/api/v1/setup"))).needed;
    asked.value = true;
  }
  async function signIn(typed: { name: string; password: string; totp?: string }): Promise<void> {
    await call<Schemas["Session"]>("POST", "/api/v1/sessions", { body: typed });
    await load();
  }
  async function setUp(typed: Schemas["SetUp"]): Promise<void> {
    await ask(api.POST("/api/v1/setup", { body: typed }));
    setupNeeded.value = false;
    await signIn({ name: typed.name, password: typed.password });
  }
  async function signOut(): Promise<void> {
    await call("DELETE", "/api/v1/sessions").catch(() => undefined);
    forget();
  }
  function forget(): void {
    localStorage.removeItem(STORED_AS);
    me.value = undefined;
  }
  return { me, setupNeeded, permissions, name, passwordDue, may, levelOf, load, start, signIn, setUp, signOut, forget };
});
