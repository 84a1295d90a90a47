/** Moving between cards by arrow keys: columns are read from the layout, because the grid decides them by width. */
export function columnsOf(grid: HTMLElement): number {
	return getComputedStyle(grid).gridTemplateColumns.split(' ').length || 1;
}

export function nextIndex(key: string, at: number, count: number, columns: number): number | null {
	const step: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
	if (key === 'Home') return 0;
	if (key === 'End') return count - 1;
	const move = step[key];
	if (move === undefined) return null;
	const to = at + move;
	return to < 0 || to >= count ? at : to;
}
