import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// Names carry no hash: the server sends a strong ETag instead, and two builds
// of one source are the same bytes, so that dist/ can be committed and compared.
export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
        // What every page needs is one file, and so is what those about one matter share:
        // many small files compress worse.
        advancedChunks: {
          groups: [
            {
              name: 'base',
              test: /node_modules\/(?!uplot)|\/src\/(i18n\/(index|light|paid|plan|quality|remind)|wire\/(api|http|socket|decode|messages|dial)|store\/(approvals|cards|router|session|settings|toasts)|views\/(shell|testids|parts\/\w+))\.tsx?$/,
            },
            { name: 'uplot', test: /node_modules\/uplot/ },
            { name: 'sounds', test: /\/src\/call\/sounds/ },
            { name: 'civil', test: /\/src\/(store\/civil|i18n\/days)/ },
            {
              name: 'plan',
              test: /\/src\/(wire\/plan|store\/(rule|columns|guests)|views\/plan\/)/,
            },
            { name: 'wire-remind', test: /\/src\/wire\/remind/ },
            { name: 'remind', test: /\/src\/views\/remind\// },
            {
              name: 'paid',
              test: /\/src\/(i18n\/(money|zone)|wire\/paid|store\/(callees|company|events)|views\/paid\/)/,
            },
            { name: 'now', test: /\/src\/(wire\/quality|store\/now)\.ts$/ },
            { name: 'heard', test: /\/src\/views\/quality\/(words|parts)\.tsx?$/ },
            { name: 'plot', test: /\/src\/views\/quality\/(plot|axis)\.tsx?$/ },
            {
              name: 'overview',
              test: /\/src\/(wire\/legs|views\/quality\/(breakdowns|filter|health|heat|joins|list|meetings|names|now|quality|ratings|search|sites|trunks))\.tsx?$/,
            },
            { name: 'legs', test: /\/src\/views\/quality\/(?!draw|looks)/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': 'http://localhost:8080',
      '/ws': { target: 'ws://localhost:8080', ws: true },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.{ts,tsx}'],
    alias: { uplot: new URL('./test/nochart.ts', import.meta.url).pathname },
  },
});
