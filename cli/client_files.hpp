// What users point their clients at the cloud with: openrc, openrc-demo, clouds.yaml.
#pragma once

#include <string>

#include "cli/cloud_config.hpp"

namespace cumulet::cli {

// Shell lines that set the OS_* variables for `user` in `project`.
std::string openrc(const CloudPlan& plan, const std::string& user, const std::string& project,
                   const std::string& password);
// Clouds `cumulet` (the administrator) and `cumulet-demo`.
std::string clouds_yaml(const CloudPlan& plan);

// Writes openrc, openrc-demo and clouds.yaml into the state folder, for its owner alone.
void write_client_files(const CloudPlan& plan);

}  // namespace cumulet::cli
