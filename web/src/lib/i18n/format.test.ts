import { describe, expect, it } from 'vitest';
import { ago, bigCount, bytes, clock, date, frameRate, number, rupiah, span } from './format';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('figures as each language writes them', () => {
	it('groups thousands with a dot in Indonesian and a comma in English', () => {
		expect(number('id', 1800)).toBe('1.800');
		expect(number('en', 1800)).toBe('1,800');
		expect(plain(rupiah('id', 99_000))).toBe('Rp 99.000');
	});
	it('shows sizes in decimal units with a decimal only where it helps', () => {
		expect(plain(bytes('id', 96_000_000))).toBe('96 MB');
		expect(plain(bytes('id', 3_140_000))).toBe('3,1 MB');
		expect(plain(bytes('en', 1_070_000_000))).toBe('1.1 GB');
		expect(plain(bytes('en', 512))).toBe('512 B');
		expect(plain(bytes('en', 999_900))).toBe('1 MB');
	});
	it('says lengths of time in words', () => {
		expect(plain(span('id', 40))).toBe('40 dtk');
		expect(plain(span('id', 200))).toBe('3 mnt 20 dtk');
		expect(plain(span('id', 1500))).toBe('25 mnt');
		expect(plain(span('en', 7500))).toBe('2 h 5 min');
		expect(plain(span('en', 0.2))).toBe('1 s');
	});
	it('prints clip lengths like a player', () => {
		expect(clock(7000)).toBe('0:07');
		expect(clock(750_000)).toBe('12:30');
		expect(clock(3_723_000)).toBe('1:02:03');
	});
	it('writes dates with the month in words', () => {
		expect(date('id', '2026-11-22T05:00:00Z')).toBe('22 Nov 2026');
	});
	it('speaks of the recent past and names the day of what is older', () => {
		const now = Date.parse('2026-11-22T12:00:00Z');
		expect(ago('id', '2026-11-22T11:55:00Z', now)).toBe('5 menit yang lalu');
		expect(ago('id', '2026-11-21T12:00:00Z', now)).toBe('kemarin');
		expect(ago('en', '2026-10-01T12:00:00Z', now)).toMatch(/1 Oct 2026/);
	});
	it('turns a rational frame rate into the number people know', () => {
		expect(frameRate('id', '30000/1001')).toBe('29,97');
		expect(frameRate('en', '30/1')).toBe('30');
	});
});

describe('counts of combinations', () => {
	it('are exact up to fifteen digits', () => {
		expect(bigCount('id', '60')).toBe('60');
		expect(bigCount('id', '123456789012345')).toBe('123.456.789.012.345');
	});
	it('say their magnitude beyond that, whatever their length', () => {
		expect(bigCount('en', `93${'0'.repeat(156)}`)).toBe('9.3 × 10¹⁵⁷');
	});
});
