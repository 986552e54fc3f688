import type { Plugin } from "vite";

export function placeOf(module: string): string | undefined;
export function packages(): Plugin;
