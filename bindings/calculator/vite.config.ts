// One script that registers the element, one page that uses it, both loadable from any folder of any server.
import { defineConfig } from "vite";

// The page can only run its own code and can reach no other host: that nothing leaves the browser is enforced, not promised.
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";

export default defineConfig({
  base: "./",
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1024,
    rollupOptions: {
      output: { entryFileNames: "backcast-calculator.js", assetFileNames: "[name][extname]" },
    },
  },
  plugins: [
    {
      name: "content-security-policy",
      apply: "build",
      transformIndexHtml: () => [
        { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
      ],
    },
  ],
});
