import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { messages } from '../../i18n';
import { ids } from '../testids';
import { Button } from './button';

interface DialogProps {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  wide?: boolean;
}

/** A modal: the browser keeps the focus inside, closes on Esc, and the focus returns. */
export function Dialog({ title, onClose, children, wide }: DialogProps) {
  const t = messages.value;
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      // The browser does this only for a dialog that is still on the page.
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a press beside the dialog is a short cut for Esc
    <dialog
      ref={element}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <Button tone="quiet" icon="close" iconOnly onClick={onClose}>
            {t.common.close}
          </Button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  yes: string;
  answer(yes: boolean): void;
}

const question = signal<Question | undefined>();

/** Asks before something that cannot be undone. */
export function ask(title: string, text: string, yes: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value?.answer(false);
    question.value = {
      title,
      text,
      yes,
      answer: (agreed) => {
        question.value = undefined;
        resolve(agreed);
      },
    };
  });
}

/** Where `ask` appears; once on every page. */
export function Asking() {
  const t = messages.value;
  const asked = question.value;
  if (!asked) return null;
  return (
    <Dialog title={asked.title} onClose={() => asked.answer(false)}>
      <p>{asked.text}</p>
      <div class="dialog-foot">
        <Button id={ids.cancel} autoFocus onClick={() => asked.answer(false)}>
          {t.common.cancel}
        </Button>
        <Button id={ids.confirm} tone="danger" onClick={() => asked.answer(true)}>
          {asked.yes}
        </Button>
      </div>
    </Dialog>
  );
}
