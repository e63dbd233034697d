import { useSignal } from '@preact/signals';
import { ago, messages } from '../../i18n';
import { adopt, known } from '../../store/session';
import { settings } from '../../store/settings';
import { toast } from '../../store/toasts';
import { api, type Language, type LoginSession, type Person } from '../../wire/api';
import { HttpError } from '../../wire/http';
import { Chip, Failed, Loading, PageTitle } from '../parts/bits';
import { Button } from '../parts/button';
import { Field, Form, LanguageField, PasswordField, TimeZoneField } from '../parts/form';
import { Icon } from '../parts/icons';
import { useLoad } from '../parts/load';
import { explain } from '../parts/problem';
import { MySipPhone } from './sip';

export default function Me({ person }: { person: Person }) {
  const t = messages.value;
  return (
    <>
      <PageTitle>{t.me.title}</PageTitle>
      <div class="two">
        <div class="stack">
          <Profile person={person} />
          <MySipPhone />
        </div>
        <div class="stack">
          <Sessions />
          <Password />
        </div>
      </div>
    </>
  );
}

function Profile({ person }: { person: Person }) {
  const t = messages.value;
  return (
    <section class="card" aria-labelledby="profile">
      <h2 id="profile">{t.me.profile}</h2>
      <Form
        submit={t.common.save}
        run={async (v) => {
          const language = (v.language ?? 'en') as Language;
          const changed = await api.changeMe({
            name: v.name ?? '',
            phone: v.phone ?? '',
            language,
            timeZone: v.timeZone ?? 'UTC',
          });
          const before = known.value;
          if (before.state === 'in') {
            settings.languageChosen.value = false;
            adopt({ ...before.session, person: { ...person, ...changed } });
          }
          toast(t.common.saved, 'good');
        }}
      >
        <Field label={t.field.name} name="name" value={person.name} autoComplete="name" maxLength={80} />
        <Field
          label={t.field.phone}
          name="phone"
          type="tel"
          required={false}
          hint={t.field.phoneHint}
          value={person.phone ?? ''}
          autoComplete="tel"
        />
        <div class="columns">
          <LanguageField value={person.language} />
          <TimeZoneField value={person.timeZone} />
        </div>
      </Form>
    </section>
  );
}

function Password() {
  const t = messages.value;
  const form = useSignal(0);
  return (
    <section class="card" aria-labelledby="password">
      <h2 id="password">{t.me.password}</h2>
      <Form
        key={form.value}
        submit={t.me.change}
        run={async ({ current = '', next = '' }) => {
          await api.changePassword(current, next);
          form.value++;
          toast(t.me.passwordChanged, 'good');
        }}
        problem={(error) =>
          error instanceof HttpError && error.code === 'wrong-password' ? t.me.passwordWrong : undefined
        }
      >
        <PasswordField label={t.field.currentPassword} name="current" />
        <PasswordField label={t.field.newPassword} name="next" hint={t.field.passwordHint} fresh />
      </Form>
    </section>
  );
}

function Sessions() {
  const t = messages.value;
  const { loaded, again } = useLoad(() => api.sessions(), []);
  const now = loaded.value;
  async function end(session: LoginSession) {
    try {
      await api.endSession(session.id);
      toast(t.me.ended, 'good');
      again();
    } catch (error) {
      toast(explain(error), 'bad');
    }
  }
  return (
    <section class="card" aria-labelledby="sessions">
      <h2 id="sessions">{t.me.sessions}</h2>
      <p>{t.me.sessionsText}</p>
      {now.state === 'loading' && <Loading />}
      {now.state === 'failed' && <Failed error={now.error} retry={again} />}
      {now.state === 'ready' && (
        <ul class="rows inner">
          {now.value.map((session) => (
            <li class="row" key={session.id}>
              <span class="row-icon">
                <Icon name="browser" />
              </span>
              <div class="row-main">
                <p class="row-name">
                  {device(session.userAgent)} {session.current && <Chip tone="good">{t.me.current}</Chip>}
                </p>
                <p class="row-sub">
                  <span>{t.me.lastSeen(ago(session.lastSeenAt))}</span>
                  <span class="digits">{session.address}</span>
                </p>
              </div>
              {!session.current && (
                <Button
                  size="small"
                  label={t.me.endOf(device(session.userAgent))}
                  onClick={() => void end(session)}
                >
                  {t.me.end}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** "Chrome on Windows", as far as a user agent can be believed. */
export function device(userAgent: string): string {
  const t = messages.value.me;
  const find = (table: readonly [RegExp, string][]) =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = find([
    [/Edg\//, 'Edge'],
    [/MicroMessenger/, 'WeChat'],
    [/Firefox\//, 'Firefox'],
    [/Chrom(e|ium)\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = find([
    [/Windows/, 'Windows'],
    [/iPhone|iPad/, 'iOS'],
    [/Android/, 'Android'],
    [/Mac OS X/, 'macOS'],
    [/Linux/, 'Linux'],
  ]);
  if (browser && system) return t.on(browser, system);
  return browser ?? system ?? t.unknownDevice;
}
