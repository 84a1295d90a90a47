// Draws every frame of the named scenes into DIR/SCENE/00000.png with headless Chromium, and DIR/SCENE.json with
// the scene's size and rate. Time is set, not measured, so that a slow machine makes the same frames.
//
// usage: node render.mjs DIR FONT_DIR [SCENE[@SECONDS]...]     (with @: that one moment only)

import { createRequire } from 'node:module';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scenes } from './scenes.js';

const [dir, fonts, ...asked] = process.argv.slice(2);
// The renderer is installed beside the fonts in a scratch directory, not beside this file.
const { chromium } = createRequire(join(fonts, 'x.js'))('playwright-core');

const faces = await Promise.all([600, 700, 800].map(async weight => {
  const file = join(fonts, `node_modules/@fontsource/plus-jakarta-sans/files/plus-jakarta-sans-latin-${weight}-normal.woff2`);
  const data = (await readFile(file)).toString('base64');
  return `@font-face{font-family:"Plus Jakarta Sans";font-weight:${weight};src:url(data:font/woff2;base64,${data})}`;
}));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--force-color-profile=srgb'],
});

for (const word of asked.length ? asked : Object.keys(scenes)) {
  const [name, moment] = word.split('@');
  const scene = scenes[name];
  const page = await browser.newPage({ viewport: { width: scene.width, height: scene.height } });
  await page.setContent(`<style>${faces.join('')} body{margin:0} svg{display:block} text{font-family:"Plus Jakarta Sans"}</style><div id="stage"></div>`);
  await page.evaluate(() => Promise.all([600, 700, 800].map(weight => document.fonts.load(`${weight} 40px "Plus Jakarta Sans"`))));
  await mkdir(join(dir, name), { recursive: true });
  await writeFile(join(dir, `${name}.json`), JSON.stringify({ fps: scene.fps, seconds: scene.seconds }));
  const count = moment === undefined ? scene.fps * scene.seconds : 1;
  for (let n = 0; n < count; n++) {
    const drawing = scene.draw(moment === undefined ? n / scene.fps : Number(moment));
    await page.evaluate(svg => { document.getElementById('stage').innerHTML = svg; },
      `<svg xmlns="http://www.w3.org/2000/svg" width="${scene.width}" height="${scene.height}" viewBox="0 0 ${scene.width} ${scene.height}">${drawing}</svg>`);
    const file = moment === undefined ? `${String(n).padStart(5, '0')}.png` : `at-${moment}.png`;
    await page.screenshot({ path: join(dir, name, file) });
  }
  await page.close();
}
await browser.close();
