// Shows notifications; what they hold comes with the push.
