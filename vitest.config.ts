import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { findChromium, SOFTWARE_WEBGPU } from './tools/chromium.ts';

const SOURCE = '@cotangent/source';
const chromium = findChromium();

const node: TestProjectConfiguration = {
  resolve: { conditions: [SOURCE, 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: [SOURCE, 'module', 'node', 'development|production'] } },
  test: {
    name: 'node',
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/*/src/**/*.test.ts'],
    exclude: ['**/*.browser.test.ts'],
    testTimeout: 60_000,
  },
};

const browser = (executablePath: string): TestProjectConfiguration => ({
  resolve: { conditions: [SOURCE, 'module', 'browser', 'development|production'] },
  // A cross-origin isolated page, so that shared memory can be tested.
  server: { headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } },
  test: {
    name: 'chromium',
    include: ['packages/*/src/**/*.browser.test.ts'],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: 'chromium' }],
      provider: playwright({
        launchOptions: {
          executablePath,
          args: ['--no-sandbox', ...SOFTWARE_WEBGPU],
        },
      }),
    },
  },
});

if (chromium === undefined) console.log('no chromium on PATH: the browser tests (*.browser.test.ts) are left out');

export default defineConfig({
  test: {
    reporters: ['default', './tools/ci-reporter.ts'],
    projects: chromium === undefined ? [node] : [node, browser(chromium)],
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], exclude: ['**/*.test.ts', '**/*.d.ts'] },
  },
});
