/** All parts, in the order of the menu. */
import account from "../parts/account";
import admin from "../parts/admin";
import conversations from "../parts/conversations";
import home from "../parts/home";
import people from "../parts/people";
import proof from "../parts/proof";
import search from "../parts/search";
import setUp from "../parts/set-up";
import signIn from "../parts/sign-in";
import type { MenuEntry, Part } from "../ui/part";

export const PARTS: readonly Part[] = [home, conversations, search, proof, people, admin, account, signIn, setUp];
export const MENU: readonly MenuEntry[] = PARTS.flatMap((part) => part.menu);
