/** Small real clips, made once per run, and a way to drop them onto a page as a person would. */
import { type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(tmpdir(), 'lumiku-e2e-clips');

export function clip(name: string, size: string, hue: number): string {
	mkdirSync(folder, { recursive: true });
	const path = join(folder, `${name}.mp4`);
	if (!existsSync(path)) {
		const source = ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=30:d=1.2`, '-f', 'lavfi', '-i', `sine=f=${300 + hue}:d=1.2`];
		const codec = ['-vf', `hue=h=${hue}`, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-preset', 'ultrafast', '-c:a', 'aac', '-shortest'];
		execFileSync('ffmpeg', ['-v', 'error', '-y', ...source, ...codec, path]);
	}
	return path;
}

export async function drop(page: Page, paths: string[], target = 'main'): Promise<void> {
	const files = paths.map((path) => ({ name: path.split('/').at(-1) ?? '', base64: readFileSync(path).toString('base64') }));
	const transfer = await page.evaluateHandle((list) => {
		const data = new DataTransfer();
		for (const { name, base64 } of list) {
			const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
			data.items.add(new File([bytes], name, { type: name.endsWith('.mp4') ? 'video/mp4' : 'text/plain' }));
		}
		return data;
	}, files);
	await page.dispatchEvent(target, 'dragenter', { dataTransfer: transfer });
	await page.dispatchEvent(target, 'drop', { dataTransfer: transfer });
}
