/** Shortcuts never fire while someone types, or inside an open menu or dialog that has its own keys. */
export function isTyping(event: KeyboardEvent): boolean {
	const target = event.target;
	if (!(target instanceof HTMLElement)) return false;
	return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

export function isInOverlay(event: KeyboardEvent): boolean {
	return event.target instanceof HTMLElement && !!event.target.closest('[role="dialog"], [role="menu"]');
}

/** Ctrl on most keyboards, Cmd on a Mac. */
export const withCommand = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey;
export const commandKey = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '') ? '⌘' : 'Ctrl';
