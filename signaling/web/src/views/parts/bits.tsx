import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { messages } from '../../i18n';
import { HttpError } from '../../wire/http';
import { Button } from './button';
import { Icon, type IconName } from './icons';
import { explain } from './problem';

/** The first letters of a name; for Chinese names the last two characters. */
export function initials(name: string): string {
  const text = name.trim();
  if (/\p{Script=Han}/u.test(text))
    return Array.from(text.replace(/[^\p{Script=Han}]/gu, ''))
      .slice(-2)
      .join('');
  const words = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = (word: string | undefined) =>
    Array.from(word ?? '').find((c) => /[\p{L}\p{N}]/u.test(c)) ?? '';
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : '')).toUpperCase() || '?';
}

/** One of eight calm tints, always the same for a name. */
export function tint(name: string): number {
  let hash = 7;
  for (const c of name) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  return hash % 8;
}

export function Avatar({ name, size = 'medium' }: { name: string; size?: 'small' | 'medium' }) {
  return (
    <span class={`avatar ${size} tint-${tint(name)}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

export function Chip({ tone = 'plain', icon, children }: ChipProps) {
  return (
    <span class={`chip ${tone}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

interface ChipProps {
  tone?: 'plain' | 'good' | 'warn' | 'bad' | 'accent';
  icon?: IconName;
  children: ComponentChildren;
}

export function Empty(props: { icon: IconName; title: string; text: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={props.icon} size={28} />
      </span>
      <p class="empty-title">{props.title}</p>
      <p class="empty-text">{props.text}</p>
      {props.children && <div class="empty-foot">{props.children}</div>}
    </div>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {messages.value.common.loading}
    </p>
  );
}

/** Something could not be loaded: why, and a way to try again. */
export function Failed({ error, retry }: { error: unknown; retry?(): void }) {
  const t = messages.value;
  const offline = error instanceof HttpError && error.status === 0;
  return (
    <Empty icon="warning" title={offline ? t.problem.title : t.over.other.title} text={explain(error)}>
      {retry && (
        <Button icon="refresh" onClick={retry}>
          {t.common.retry}
        </Button>
      )}
    </Empty>
  );
}

/** The heading of a page: names the window and takes the focus when the page changes. */
export function PageTitle({ children, focus = true }: { children: string; focus?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Partyline`;
  }, [children]);
  useEffect(() => {
    if (focus && firstPageShown) heading.current?.focus();
    firstPageShown = true;
  }, [focus]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

// The first page leaves the focus at the top of the document, where a reader starts.
let firstPageShown = false;
