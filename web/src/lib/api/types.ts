/**
 * The shapes the server speaks. Written by hand until `openapi.json` is generated; then each of these becomes
 * `components['schemas'][...]` and `paths` comes from `./schema`, and nothing else in the UI changes.
 */
export type Locale = 'id' | 'en';
export type Theme = 'system' | 'light' | 'dark';

export interface Page<T> {
	items: T[];
	next_cursor: string | null;
}
export interface FieldProblem {
	field: string;
	code: string;
	message: string;
}
export interface Problem {
	type?: string;
	title?: string;
	status: number;
	detail?: string;
	code: string;
	request_id?: string;
	errors?: FieldProblem[];
	[extra: string]: unknown;
}
export interface SetupState {
	needs_setup: boolean;
	registration: 'open' | 'closed';
	billing: boolean;
	environment: 'development' | 'production';
	version: string;
	locale_default: Locale;
}
export interface User {
	id: string;
	email: string;
	name: string;
	role: 'user' | 'admin';
	tags: string[];
	locale: Locale;
	theme: Theme;
	created_at: string;
}
export interface AuthAnswer {
	user: User;
	token?: string;
}
export interface Session {
	id: string;
	device: string;
	kind: 'browser' | 'token';
	created_at: string;
	last_seen_at: string;
	current: boolean;
}
export interface Credits {
	balance: number;
	held: number;
	available: number;
}
export interface CreditEntry {
	id: string;
	kind: 'grant' | 'capture' | 'hold' | 'release' | 'adjust';
	amount: number;
	balance_after?: number | null;
	description: string;
	generation_id?: string | null;
	created_at: string;
}
export interface Price {
	id: string;
	label: string;
	credits: number;
	unit: string;
}
export interface Manifest {
	id: string;
	name: string;
	hue: number;
	summary: string;
	limits: Record<string, number>;
	prices: Price[];
	settings_default: Record<string, unknown>;
}
export interface Project {
	id: string;
	app: string;
	name: string;
	description: string;
	settings: Record<string, unknown>;
	sample: boolean;
	archived: boolean;
	asset_count: number;
	generation_count: number;
	poster_url: string | null;
	created_at: string;
	updated_at: string;
	deleted_at: string | null;
}
export interface Asset {
	id: string;
	project_id: string;
	name: string;
	role: string;
	kind: 'video' | 'image' | 'audio';
	content_type: string;
	size_bytes: number;
	sha256: string;
	width: number;
	height: number;
	duration_ms: number;
	frame_rate: string;
	has_audio: boolean;
	group_id: string | null;
	position: number;
	url: string;
	thumbnail_url: string;
	created_at: string;
}
export interface Group {
	id: string;
	name: string;
	position: number;
	hue: number;
}
export interface Arrangement {
	groups: { id: string; asset_ids: string[] }[];
	ungrouped: string[];
}
export interface Notice {
	code: string;
	message: string;
	asset_id?: string | null;
}
export interface QuoteItem {
	id: string;
	label: string;
	credits: number;
	total: number;
}
export interface Quote {
	count: number;
	/** An exact integer that may be larger than a number can hold. */
	possible: string;
	credits: number;
	items: QuoteItem[];
	credits_each: number;
	duration_ms_each: { min: number; max: number };
	size_bytes_estimated: number;
	cpu_seconds_estimated: number;
	seconds_estimated: number;
	rupiah: number;
	warnings: Notice[];
	blockers: Notice[];
}
export type GenerationState =
	| 'queued'
	| 'running'
	| 'paused'
	| 'completed'
	| 'partially_completed'
	| 'failed'
	| 'cancelled';
export interface Progress {
	done: number;
	failed: number;
	total: number;
	fraction: number;
	eta_ms: number | null;
}
export interface Fault {
	code: string;
	message: string;
}
export interface Output {
	id: string;
	index: number;
	name: string;
	state: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
	progress: number;
	review: 'none' | 'approved' | 'rejected';
	stars: number;
	url: string | null;
	thumbnail_url: string | null;
	width: number;
	height: number;
	duration_ms: number;
	size_bytes: number;
	frame_count: number;
	frame_rate: string;
	recipe: Record<string, unknown>;
	error: Fault | null;
}
export interface Generation {
	id: string;
	app: string;
	project_id: string;
	project_name: string;
	state: GenerationState;
	count: number;
	seed: number | string;
	settings: Record<string, unknown>;
	progress: Progress;
	credits: { held: number; captured: number; released: number };
	outputs?: Output[];
	output_count?: number;
	poster_urls?: string[];
	error: Fault | null;
	created_at: string;
	started_at: string | null;
	finished_at: string | null;
}
export interface Dashboard {
	credits: Credits;
	month: { spent: number; works: number; projects: number };
	running: Generation[];
	recent_projects: Project[];
	recent_outputs: (Output & { generation_id: string; app: string; project_id: string })[];
	sample_available: boolean;
}
export interface Storage {
	used_bytes: number;
	quota_bytes: number;
}
