/** Numbers, money, sizes, lengths and dates as each language writes them. Pure: the locale is an argument. */
import type { Locale } from '$lib/api/types';

const tag: Record<Locale, string> = { id: 'id-ID', en: 'en-GB' };
const cache = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: Locale, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
	const key = locale + JSON.stringify(options);
	let format = cache.get(key);
	if (!format) cache.set(key, (format = new Intl.NumberFormat(tag[locale], options)));
	return format;
}

export function number(locale: Locale, value: number, digits = 0): string {
	return numberFormat(locale, { maximumFractionDigits: digits }).format(value);
}

export function percent(locale: Locale, fraction: number): string {
	return numberFormat(locale, { style: 'percent' }).format(Math.floor(fraction * 100) / 100);
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** Counts of combinations can have hundreds of digits: past fifteen only their magnitude says anything. */
export function bigCount(locale: Locale, digits: string): string {
	if (!/^\d+$/.test(digits)) return digits;
	if (digits.length <= 15) return numberFormat(locale).format(BigInt(digits));
	const power = [...String(digits.length - 1)].map((d) => superscripts[Number(d)]).join('');
	const lead = number(locale, Number(`${digits[0]}.${digits[1]}`), 1);
	return `${lead} × 10${power}`;
}

export function rupiah(locale: Locale, amount: number): string {
	return `Rp\u00a0${numberFormat(locale).format(amount)}`;
}

/** Decimal units, as shops and phones print them. */
export function bytes(locale: Locale, size: number): string {
	const units = ['B', 'KB', 'MB', 'GB', 'TB'];
	let value = size;
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit += 1;
	}
	return `${number(locale, value, unit > 1 && value < 10 ? 1 : 0)}\u00a0${units[unit]}`;
}

const words: Record<Locale, { s: string; m: string; h: string }> = {
	id: { s: 'dtk', m: 'mnt', h: 'jam' },
	en: { s: 's', m: 'min', h: 'h' }
};
/** A length of time in words: `40 dtk`, `3 mnt 20 dtk`, `2 jam 5 mnt`. */
export function span(locale: Locale, seconds: number): string {
	const w = words[locale];
	const whole = Math.max(1, Math.round(seconds));
	if (whole < 60) return `${whole}\u00a0${w.s}`;
	if (whole < 3600) {
		const rest = whole % 60;
		const minutes = `${Math.floor(whole / 60)}\u00a0${w.m}`;
		return rest && whole < 600 ? `${minutes} ${rest}\u00a0${w.s}` : minutes;
	}
	const minutes = Math.round((whole % 3600) / 60);
	const hours = `${Math.floor(whole / 3600)}\u00a0${w.h}`;
	return minutes ? `${hours} ${minutes}\u00a0${w.m}` : hours;
}

/** The length of a clip as players print it: `0:07`, `12:30`, `1:02:03`. */
export function clock(milliseconds: number): string {
	const total = Math.max(0, Math.round(milliseconds / 1000));
	const s = String(total % 60).padStart(2, '0');
	const minutes = Math.floor(total / 60) % 60;
	const hours = Math.floor(total / 3600);
	return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${s}` : `${minutes}:${s}`;
}

export function date(locale: Locale, iso: string): string {
	return new Intl.DateTimeFormat(tag[locale], { day: 'numeric', month: 'short', year: 'numeric' }).format(
		new Date(iso)
	);
}

export function dateTime(locale: Locale, iso: string): string {
	const time = new Intl.DateTimeFormat(tag[locale], { hour: '2-digit', minute: '2-digit' });
	return `${date(locale, iso)}, ${time.format(new Date(iso))}`;
}

/** `5 menit yang lalu`, `kemarin`, and the date itself when it is more than a week ago. */
export function ago(locale: Locale, iso: string, now = Date.now()): string {
	const seconds = (new Date(iso).getTime() - now) / 1000;
	const relative = new Intl.RelativeTimeFormat(tag[locale], { numeric: 'auto' });
	const past = Math.abs(seconds);
	if (past < 45) return relative.format(0, 'second');
	if (past < 3600) return relative.format(Math.round(seconds / 60), 'minute');
	if (past < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
	if (past < 7 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day');
	return date(locale, iso);
}

/** `30000/1001` as `29,97`. */
export function frameRate(locale: Locale, rational: string): string {
	const [n, d] = rational.split('/').map(Number);
	return number(locale, n && d ? n / d : (n ?? 0), 2);
}
