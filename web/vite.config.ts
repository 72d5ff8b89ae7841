import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const HUB = 'http://127.0.0.1:8000';

/** `vite build web` makes what the hub serves; `vite web` serves the page with changes applied at once, beside a running hub. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: 'baseline-widely-available',
    // These know light-dark(); a rewriting for older ones does not see that the component library sets the colour scheme by a variable.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The Content-Security-Policy allows no script within the page, and every browser of the target knows module preload.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      // The libraries change seldom, so browsers may keep them when our own part changes.
      output: { codeSplitting: { groups: [{ name: 'libraries', test: /node_modules/ }] } },
    },
  },
  server: {
    proxy: {
      '/api': HUB,
      '/activity': HUB,
      '/health': HUB,
      // `/events` itself is the stream; `/events/<id>` is a page.
      '^/events(\\?.*)?$': HUB,
    },
  },
});
