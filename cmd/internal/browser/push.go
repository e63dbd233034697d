package browser

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// pushWithin is how long a service worker may take to be there.
const pushWithin = 15 * time.Second

// Push hands a message to the page's service worker, as the browser does with
// what its push service brings and it has decrypted. The worker has to be
// registered.
func (p *Page) Push(origin, message string) error {
	ctx, cancel := context.WithTimeout(p.ctx, pushWithin)
	defer cancel()
	found := make(chan serviceworker.RegistrationID, 64)
	err := chromedp.Listen(ctx, func(event any) {
		if updated, ok := event.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range updated.Registrations {
				select {
				case found <- r.RegistrationID:
				default:
				}
			}
		}
	})
	if err != nil {
		return fmt.Errorf("listen for service workers: %w", err)
	}
	return chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if err := allowNotifications(ctx, t, origin); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, serviceworker.Enable, cdp.Empty{}); err != nil {
			return fmt.Errorf("look for service workers: %w", err)
		}
		select {
		case id := <-found:
			_, err := cdp.Call(ctx, t, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
				Origin: origin, RegistrationID: id, Data: message,
			})
			return err
		case <-ctx.Done():
			return fmt.Errorf("no service worker: %w", ctx.Err())
		}
	}))
}

// allowNotifications says yes in the user's place.
func allowNotifications(ctx context.Context, t *chromedp.Target, origin string) error {
	_, err := cdp.Call(ctx, t, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: origin,
	})
	if err != nil {
		return fmt.Errorf("allow notifications: %w", err)
	}
	return nil
}
