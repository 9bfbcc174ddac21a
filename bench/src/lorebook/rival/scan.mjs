// SillyTavern's own scan of a book (checkWorldInfo of its page, nothing is sent) in headless Chromium.
// node scan.mjs ADDRESS DIR   DIR has lore.json and chat.json of bench_lorebook --dump. One JSON line for each kind of scan.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const { chromium } = createRequire(path.join(root, 'web/'))('playwright-core');
const [address, folder] = process.argv.slice(2);
const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'] });
const page = await browser.newPage();
page.setDefaultTimeout(300_000);
await page.goto(address, { waitUntil: 'load' });
await page.waitForFunction(() => globalThis.SillyTavern?.getContext && document.querySelector('#preloader') === null);
const figures = await page.evaluate(
  async ([book, chat]) => {
    const world = await import('/scripts/world-info.js');
    const { debug, log } = console;
    console.debug = console.log = () => undefined;
    await world.saveWorldInfo('bench', book, true);
    await world.updateWorldInfoList();
    const figures = [];
    for (const recursive of [false, true]) {
      world.updateWorldInfoSettings(
        { world_info_depth: 20, world_info_budget: 100, world_info_budget_cap: 0, world_info_recursive: recursive, world_info_max_recursion_steps: 0, world_info_min_activations: 0, world_info_include_names: true, world_info_case_sensitive: false, world_info_match_whole_words: false, world_info_use_group_scoring: false, world_info_overflow_alert: false },
        ['bench'],
      );
      const times = [];
      let hits = 0;
      for (let round = 0; round < 9; round += 1) {
        const from = performance.now();
        const found = await world.checkWorldInfo(chat, 32_768, true, { trigger: 'normal', personaDescription: '', characterDescription: '', characterPersonality: '', characterDepthPrompt: '', scenario: '', creatorNotes: '' });
        times.push(performance.now() - from);
        hits = found.allActivatedEntries.size;
      }
      const sorted = times.slice(1).toSorted((a, b) => a - b);
      figures.push({ recursive, hits, ms: sorted[Math.floor(sorted.length / 2)] });
    }
    Object.assign(console, { debug, log });
    return figures;
  },
  [read('lore.json'), read('chat.json')],
);
for (const figure of figures) console.log(JSON.stringify(figure));
await browser.close();
