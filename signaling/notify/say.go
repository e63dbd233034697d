package notify

// sentences say for each cause what happened and what to do.
var sentences = map[Cause]struct{ en, zh string }{
	Unreachable: {
		"The other side cannot be reached. Check the address and that this server may connect to it.",
		"连不上对方。请检查地址，以及本服务器能否访问它。",
	},
	Throttled: {
		"Too many messages at once. It will be tried again a little later.",
		"发送得太频繁，稍后会自动重试。",
	},
	Failing: {
		"The service is out of order at the moment. It will be tried again.",
		"对方服务暂时不可用，稍后会自动重试。",
	},
	BadSecret: {
		"Key, signature or password is not accepted. Copy it once more from the other side's settings, and check this server's clock.",
		"密钥、签名或密码不对。请从对方的设置里重新复制，并检查本服务器的时钟。",
	},
	BadKeyword: {
		"The bot takes only messages with its keyword. Choose the signature instead of the keyword in the bot's security settings.",
		"机器人设置了关键词，只收含关键词的消息。请在机器人的安全设置里改用加签。",
	},
	BadOrigin: {
		"The bot does not take messages from this server's address. Add the address in the bot's security settings.",
		"机器人不接受来自本服务器地址的消息。请在机器人的安全设置里加入本服务器的地址。",
	},
	BadAddress: {
		"There is nobody at this address, or no longer. Copy the address once more, or make a new bot.",
		"这个地址不存在或已失效。请重新复制地址，或新建一个机器人。",
	},
	Private: {
		"The address leads into a private network. An administrator can allow that.",
		"这个地址在内部网络里。管理员可以设置允许。",
	},
	Redirected: {
		"The address wants the message sent elsewhere. Enter the final address.",
		"这个地址要求转发到别处。请填写最终的地址。",
	},
	TooLong: {
		"The message is longer than the other side takes.",
		"消息太长，对方不收。",
	},
	Unsupported: {
		"The other side did not understand the message. Check that the kind of bot is right.",
		"对方看不懂这条消息。请检查机器人类型是否选对。",
	},
}

// Say is a sentence for people, in "zh-CN" or English, that says what happened
// and what to do.
func (r *Refused) Say(language string) string {
	s, ok := sentences[r.Cause]
	if !ok {
		s = sentences[Unsupported]
	}
	if language == "zh-CN" {
		return s.zh
	}
	return s.en
}
