// Package notifytest plays the other side of signaling/notify in tests: a push
// service whose browsers decrypt what they get ([PushService]), the chats of
// WeCom, DingTalk, Feishu and Slack with their signatures and limits ([Chat]),
// and a mail server ([MailServer]). They speak the documented protocols and
// refuse what those refuse. For use in tests only.
//
// Their servers' goroutines end with the test.
package notifytest
