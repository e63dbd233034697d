package meeting

// disclosures says, per language, what the company can see of a call.
var disclosures = map[string]string{
	"en": "The company can see that you took part, under the name you give, from when to when, " +
		"from which network address and how good the connection was. " +
		"It cannot listen in: everybody who hears you is in the list of participants. This call is not recorded.",
	"zh-CN": "公司能看到的只有：您以所填的名字参加了会议、加入和离开的时间、网络地址以及通话质量。" +
		"公司无法旁听：能听到您说话的人都在参会者名单里。本次通话不录音。",
}

// Disclosure is the sentence that tells a guest before joining what the
// company can see of this call. Languages that it is not written in get
// English.
func Disclosure(language string) string {
	if s, ok := disclosures[language]; ok {
		return s
	}
	return disclosures["en"]
}
