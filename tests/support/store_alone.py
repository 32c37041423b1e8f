"""The object store alone, with users of its own (tempauth)."""
import json
import os
import subprocess

import cloud as clouds


class StoreAlone:
    """Ends with close(). `settings` are keys of [objectstore]; `users` "account:user:key group group"."""

    def __init__(self, build, folder, users, settings=None):
        offset = clouds.free_offset()
        self.port, self.s3_port = 8080 + offset, 7480 + offset
        all_settings = dict(settings or {}, port=self.port, s3_port=self.s3_port, state_dir=os.path.join(folder, "state"),
                            identity_url="", tempauth_users=list(users))
        config = os.path.join(folder, "store.toml")
        with open(config, "w") as file:
            file.write('[bus]\nurl = ""\n[objectstore]\n')
            file.writelines("%s = %s\n" % (name, json.dumps(value)) for name, value in all_settings.items())
        self.log = os.path.join(folder, "log")
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen([os.path.join(build, "bin", "cumulet-objectstore"), "--config", config], stdout=log,
                                          stderr=log)
        self.url = "http://127.0.0.1:%d" % self.port
        clouds.eventually(self._answers, 30, "the object store answers")

    def _answers(self):
        if self.child.poll() is not None:
            with open(self.log) as log:
                raise clouds.CloudError(log.read())
        try:
            return clouds.request("GET", self.url + "/healthcheck").status == 200
        except OSError:
            return False

    def close(self):
        self.child.terminate()
        self.child.wait()
