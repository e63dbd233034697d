package meeting

// disclosures says, per language, what the company can see of a call.
var disclosures = map[string]string{
	"en":    "The company sees your name, network address, times and call quality; only the people listed here hear you, and nothing is recorded.",
	"zh-CN": "公司只能看到您的姓名、网络地址、进出时间和通话质量；只有名单里的人能听到您，通话不录音。",
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
