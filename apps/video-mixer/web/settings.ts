/** The mixer's recipe as the server stores it, and what each choice adds to the price. */
import type { Price } from '$lib/api/types';

export interface MixerSettings {
	order_mixing: boolean;
	group_mixing: 'off' | 'sequential' | 'random';
	clips_per_video: number | null;
	resolution: '480p' | '720p' | '1080p' | '4k';
	ratio: '9:16' | '16:9' | '1:1' | '4:5';
	fit: 'pad' | 'blur' | 'crop';
	fps: 24 | 30 | 60;
	bitrate: 'low' | 'medium' | 'high';
	audio: 'keep' | 'mute';
	duration:
		| { mode: 'original' }
		| { mode: 'fixed'; seconds: number; distribution: 'equal' | 'proportional' };
	name_template: string;
}

const fallback: MixerSettings = {
	order_mixing: true,
	group_mixing: 'off',
	clips_per_video: null,
	resolution: '720p',
	ratio: '9:16',
	fit: 'blur',
	fps: 30,
	bitrate: 'medium',
	audio: 'keep',
	duration: { mode: 'original' },
	name_template: '{index}_{clips}'
};

/** Settings saved by an older version lack fields that came later; the server's defaults fill them. */
export function readSettings(saved: object, defaults: object = {}): MixerSettings {
	return { ...fallback, ...defaults, ...saved };
}

export function priceOf(prices: Price[], id: string): number {
	return prices.find((price) => price.id === id)?.credits ?? 0;
}

export const groupHues = [
	{ name: 'blue', hue: 255 },
	{ name: 'teal', hue: 185 },
	{ name: 'green', hue: 150 },
	{ name: 'amber', hue: 75 },
	{ name: 'coral', hue: 25 },
	{ name: 'pink', hue: 350 },
	{ name: 'violet', hue: 305 }
] as const;
export const hueFor = (index: number): number => groupHues[index % groupHues.length]?.hue ?? 255;
