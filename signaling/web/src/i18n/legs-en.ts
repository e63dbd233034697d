// The English texts of the pages about single meetings and legs, and of what they are broken down by.

export const legs = {};
