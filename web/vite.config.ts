import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.LARES_URL ?? 'http://localhost:3000';

export default defineConfig({
  plugins: [react()],
  // The server replaces every occurrence of this word in index.html with the nonce of that answer;
  // Vite puts it on each script, style and preload and in <meta property="csp-nonce">.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Everything is a file of our own origin: a data: URL would need a wider policy.
    assetsInlineLimit: 0,
    manifest: true,
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
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
