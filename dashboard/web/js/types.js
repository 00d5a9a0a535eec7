// @ts-check
/**
 * The shapes that the modules share: the board as docs/http.md describes it, and what the server
 * tells a page about itself. Instants are RFC 3339 texts of the server; a screen's own date is
 * never used.
 *
 * @typedef {{ p50_s: number, p90_s: number, resumes_at?: string, before_close?: boolean }} Estimate
 * @typedef {{ service: string, name: string, waiting: number, longest_wait_s: number | null, next: string[],
 *   estimate: Estimate | null, estimate_reason: string | null, opens_at: string | null,
 *   closed_reason?: string }} Service
 * @typedef {{ counter: string, name: string, place: string | null, status: string, reason: string | null, since: string | null,
 *   officer_name: string | null, field: string | null, services: string[], ticket: string | null,
 *   ticket_state: string | null }} Counter
 * @typedef {{ call_seq: number, ticket: string, counter: string | null, service: string | null,
 *   priority: string | null, ts: string, recall: boolean }} Call
 * @typedef {{ ticket: string, counter: string | null, ts: string }} Missed
 * @typedef {{ camera: string, zone: string, kind: string, level: number | null, as_of: string | null }} Zone
 * @typedef {{ site: string, name: string, seq: number, as_of: string, business_day: string, time_zone: string,
 *   contacts: { hotline?: string, email?: string }, hours: { open: string, close: string }[],
 *   services: Service[], counters: Counter[], calls: Call[], missed: Missed[], zones: Zone[] }} Board
 *
 * @typedef {{ type: "snapshot", seq: number, board: Board }} Snapshot
 * @typedef {{ type: "delta", prev: number, seq: number, as_of: string, removed?: Record<string, unknown[]> }
 *   & Record<string, unknown>} Delta
 * @typedef {{ type: "alive", seq: number, as_of: string }} Alive
 *
 * @typedef {Readonly<Record<string, string>>} Words  by key; the table is the server's
 * @typedef {{ services: string[] | null, counters: string[] | null, silent: boolean, screen: string | null }} Options
 * @typedef {{ site: string, page: string, counter: string | null, build: string, lang: string, options: Options,
 *   words: Words }} PageData
 */

export {};
