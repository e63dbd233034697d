import { paid } from '../../i18n/paid';
import { announce } from '../../store/toasts';
import { DialForm } from '../paid/dialform';
import type { Context } from './actions';

/** Calls people into the meeting that one is in. */
export default function CallPeople({ context, close }: { context: Context; close(): void }) {
  return (
    <DialForm
      dialler={context.live}
      ways={['into']}
      onCancel={close}
      done={(batch) => {
        announce(paid.value.dial.calling(batch.total));
        close();
      }}
    />
  );
}
