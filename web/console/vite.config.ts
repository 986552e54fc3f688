import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";
import { packages } from "./build/packages.mjs";

/** Whom `npm run dev` asks; a demo of the server: `xinlu demo --listen 127.0.0.1:18181`. */
const SERVER = process.env["XINLU_URL"] ?? "http://127.0.0.1:18181";

/** As crates/server/src/assets.rs sends it: `npm run preview` shows the build under the same rules. */
const POLICY = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; frame-src blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export default defineConfig(({ mode }) => ({
  base: "/",
  plugins: [vue(), packages()],
  // The two development servers do not share a cache.
  cacheDir: `../node_modules/.vite-${mode}`,
  build: {
    outDir: "dist",
    target: "es2022",
    // Scripts and styles come from files only, as the page's policy demands.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": { target: SERVER, changeOrigin: true } } },
  preview: { headers: { "Content-Security-Policy": POLICY } },
  test: { include: ["test/**/*.test.ts"], environment: "happy-dom" },
}));
