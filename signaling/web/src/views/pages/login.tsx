import { messages } from '../../i18n';
import { afterLogin, go } from '../../store/router';
import { adopt } from '../../store/session';
import { settings } from '../../store/settings';
import { api, type Language } from '../../wire/api';
import { HttpError } from '../../wire/http';
import { Empty, Failed, Loading, PageTitle } from '../parts/bits';
import { Field, Form, LanguageField, ownTimeZone, PasswordField, TimeZoneField } from '../parts/form';
import { Link } from '../parts/link';
import { useLoad } from '../parts/load';
import { Plain } from '../shell';

export function LogIn() {
  const t = messages.value;
  return (
    <Plain>
      <div class="card auth">
        <PageTitle>{t.login.title}</PageTitle>
        <p class="lead">{t.login.lead}</p>
        <Form
          submit={t.login.submit}
          wide
          run={async ({ email = '', password = '' }) => {
            adopt(await api.logIn(email, password));
            go(afterLogin.value, true);
            afterLogin.value = '/';
          }}
          problem={(error) =>
            error instanceof HttpError && error.code === 'wrong-password' ? t.login.wrong : undefined
          }
        >
          <Field label={t.field.email} name="email" type="email" autoComplete="username" />
          <PasswordField label={t.field.password} name="password" />
        </Form>
        <p class="aside">{t.login.forgotten}</p>
      </div>
    </Plain>
  );
}

export function SetUp({ token }: { token: string }) {
  const t = messages.value;
  const { loaded, again } = useLoad(() => api.setupNeeded(), []);
  const now = loaded.value;
  if (now.state === 'loading') return <Plain children={<Loading />} />;
  if (now.state === 'failed') return <Plain children={<Failed error={now.error} retry={again} />} />;
  if (!now.value.needed || !token) {
    const [title, text] = now.value.needed
      ? [t.setup.noToken, t.setup.noTokenText]
      : [t.setup.done, t.setup.doneText];
    return (
      <Plain>
        <div class="card">
          <PageTitle>{title}</PageTitle>
          <p class="lead">{text}</p>
          {!now.value.needed && (
            <Link to="/login" class="button primary normal">
              {t.login.title}
            </Link>
          )}
        </div>
      </Plain>
    );
  }
  return (
    <Plain>
      <div class="card auth">
        <PageTitle>{t.setup.title}</PageTitle>
        <p class="lead">{t.setup.lead}</p>
        <Form
          submit={t.setup.submit}
          wide
          run={async (v) => {
            const session = await api.setup({
              token,
              company: v.company ?? '',
              name: v.name ?? '',
              email: v.email ?? '',
              password: v.password ?? '',
              language: (v.language ?? 'en') as Language,
              timeZone: v.timeZone ?? 'UTC',
            });
            adopt(session);
            go('/', true);
          }}
          problem={(error) =>
            error instanceof HttpError && error.code === 'token' ? t.setup.noTokenText : undefined
          }
        >
          <Field
            label={t.field.company}
            name="company"
            hint={t.setup.companyHint}
            autoComplete="organization"
          />
          <Field label={t.field.name} name="name" autoComplete="name" />
          <Field label={t.field.email} name="email" type="email" autoComplete="username" />
          <PasswordField label={t.field.password} name="password" hint={t.field.passwordHint} fresh />
          <div class="columns">
            <LanguageField value={settings.language.value} />
            <TimeZoneField value={ownTimeZone()} />
          </div>
        </Form>
      </div>
    </Plain>
  );
}

/** An invitation: its owner chooses the first password. */
export function Welcome({ token }: { token: string }) {
  const t = messages.value;
  const { loaded, again } = useLoad(() => api.invitation(token), [token]);
  const now = loaded.value;
  if (now.state === 'loading') return <Plain children={<Loading />} />;
  if (now.state === 'failed') {
    const gone = now.error instanceof HttpError && now.error.status >= 400 && now.error.status < 500;
    if (!gone) return <Plain children={<Failed error={now.error} retry={again} />} />;
    return (
      <Plain>
        <div class="card">
          <PageTitle>{t.welcome.gone}</PageTitle>
          <Empty icon="warning" title={t.welcome.gone} text={t.welcome.goneText}>
            <Link to="/login" class="button plain normal">
              {t.login.title}
            </Link>
          </Empty>
        </div>
      </Plain>
    );
  }
  return (
    <Plain>
      <div class="card auth">
        <PageTitle>{t.welcome.title(now.value.name)}</PageTitle>
        <p class="lead">{t.welcome.lead}</p>
        <Form
          submit={t.welcome.submit}
          wide
          run={async ({ password = '' }) => {
            adopt(await api.acceptInvitation(token, password));
            go('/', true);
          }}
        >
          <Field
            label={t.field.email}
            name="email"
            type="email"
            value={now.value.email}
            autoComplete="username"
            readOnly
          />
          <PasswordField label={t.field.newPassword} name="password" hint={t.field.passwordHint} fresh />
        </Form>
      </div>
    </Plain>
  );
}
