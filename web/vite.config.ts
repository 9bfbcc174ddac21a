import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.LARES_URL ?? 'http://localhost:3000';

export default defineConfig({
  plugins: [react()],
  // The server replaces every occurrence of this word in index.html with the nonce of that answer;
  // Vite puts it on each script, style and preload and in <meta property="csp-nonce">.
  html: { cspNonce: '__CSP_NONCE__' },
  resolve: {
    // Its version for browsers asks innerHTML to decode &amp; and the like, which Trusted Types refuse.
    alias: { 'decode-named-character-reference': fileURLToPath(new URL('node_modules/decode-named-character-reference/index.js', import.meta.url)) },
  },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Everything is a file of our own origin: a data: URL would need a wider policy.
    assetsInlineLimit: 0,
    manifest: true,
    // What every page needs is one file: a dozen small ones take some kilobytes more.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'base', test: /node_modules\/(?!.*(useRovingTabIndex|infiniteQuery|InfiniteQuery|useBlocker))(react|react-dom|scheduler|stylis|zustand|i18next|@emotion|@mui\/(system|styled-engine|utils|private-theming)|@tanstack\/(query-core|react-query|router-core|react-router|react-store|store|history))\// }],
        },
      },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      '/api': { target: server, ws: true },
      '/ready': server,
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // Loading the app and a page to put it on is most of what a file costs, so files share both; who puts a module in another's place stands alone.
    projects: [
      { extends: true, test: { name: 'shared', include: ['src/**/*.test.{ts,tsx}'], exclude: ['src/**/*.alone.test.{ts,tsx}'], isolate: false } },
      { extends: true, test: { name: 'alone', include: ['src/**/*.alone.test.{ts,tsx}'] } },
    ],
  },
});
