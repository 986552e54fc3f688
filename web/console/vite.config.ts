import { defineConfig } from "vitest/config";

// The mock server (`npm run mock`) answers the API while the page is being worked on.
const MOCK_ORIGIN = "http://127.0.0.1:4180";

export default defineConfig({
  base: "/",
  build: {
    outDir: "dist",
    target: "es2022",
    // The page's policy allows no `data:` address, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  server: { proxy: { "/api": MOCK_ORIGIN } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
