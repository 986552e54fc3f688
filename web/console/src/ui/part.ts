/** What a part gives the shell: its routes and its places in the menu. */
import type { Component } from "vue";
import type { RouteRecordRaw } from "vue-router";
import type { NavKey } from "../i18n/nav";

export interface MenuEntry {
  /** Name of the route it leads to. */
  route: string;
  label: NavKey;
  icon: Component;
  section: "work" | "people" | "admin";
  /** Shown to who has any of these somewhere; to everybody when absent. */
  permissions?: readonly string[];
  /** A shortcut such as `g s`. */
  keys?: string;
}

export interface Part {
  routes: RouteRecordRaw[];
  menu: MenuEntry[];
}

declare module "vue-router" {
  interface RouteMeta {
    /** The page's name: in the browser's title and, for those without it, on the no-permission page. */
    title?: NavKey;
    /** Any of these is needed. */
    permissions?: readonly string[];
    /** Reached without a session. */
    door?: boolean;
    /** Takes the whole window below the header, without padding and page scroll. */
    full?: boolean;
  }
}
