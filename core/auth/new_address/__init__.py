"""Another e-mail address for somebody who signs in: agreed to at the old one, confirmed at the new one."""
