// Sidereal for C++17: the handles of sidereal.h as objects that free themselves. Header only; every status but OK is an exception.
#ifndef SIDEREAL_HPP
#define SIDEREAL_HPP

#include <sidereal.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sidereal {

// A call that failed: its status, and the sentence that its handle kept.
class error : public std::runtime_error {
public:
	error(sidereal_status status, const std::string &message)
	    : std::runtime_error(message.empty() ? sidereal_strerror(status) : message), status_(status) {}

	sidereal_status status() const noexcept { return status_; }

private:
	sidereal_status status_;
};

namespace detail {

template <auto Free> struct deleter {
	template <typename Handle> void operator()(Handle *handle) const noexcept { Free(handle); }
};

template <typename Handle, auto Message> void check(sidereal_status status, const Handle *handle) {
	if (status == SIDEREAL_STATUS_OK) {
		return;
	}
	char text[1024] = "";
	Message(handle, text, sizeof text, nullptr);
	throw error(status, text);
}

} // namespace detail

// One session, as its owner may see it. Times are milliseconds since 1970-01-01 UTC; `authenticated_ms` is -1 without a proof.
struct session_info {
	std::string handle;
	std::int64_t created_ms = 0, last_seen_ms = 0, authenticated_ms = -1;
	std::string methods, network, agent;
};

namespace detail {

inline void check_plain(sidereal_status status) {
	if (status != SIDEREAL_STATUS_OK) {
		throw error(status, "");
	}
}

// Never NULL: an empty view may be.
inline const char *at(std::string_view text) noexcept { return text.data() ? text.data() : ""; }

template <auto Copy> std::string text_of(const sidereal_roster *roster, std::size_t index) {
	std::size_t length = 0;
	check_plain(Copy(roster, index, nullptr, 0, &length));
	std::string text(length + 1, '\0');
	check_plain(Copy(roster, index, text.data(), text.size(), nullptr));
	text.resize(length);
	return text;
}

// Takes the list over.
inline std::vector<session_info> infos_of(sidereal_roster *roster) {
	const std::unique_ptr<sidereal_roster, deleter<sidereal_roster_free>> owned(roster);
	std::size_t count = 0;
	check_plain(sidereal_roster_count(roster, &count));
	std::vector<session_info> infos(count);
	for (std::size_t i = 0; i < count; i++) {
		session_info &info = infos[i];
		char handle[27] = "";
		check_plain(sidereal_roster_handle(roster, i, &handle));
		info.handle = handle;
		check_plain(sidereal_roster_times(roster, i, &info.created_ms, &info.last_seen_ms, &info.authenticated_ms));
		info.methods = text_of<sidereal_roster_methods>(roster, i);
		info.network = text_of<sidereal_roster_network>(roster, i);
		info.agent = text_of<sidereal_roster_agent>(roster, i);
	}
	return infos;
}

} // namespace detail

// What an audit has found, errors first.
class audit {
public:
	explicit audit(sidereal_audit *taken) : handle_(taken) {}

	// The texts belong to the audit.
	std::vector<sidereal_finding> findings() const {
		std::size_t count = 0;
		detail::check_plain(sidereal_audit_count(handle_.get(), &count));
		std::vector<sidereal_finding> all(count);
		for (std::size_t i = 0; i < count; i++) {
			detail::check_plain(sidereal_audit_finding(handle_.get(), i, &all[i]));
		}
		return all;
	}

	std::string write(sidereal_format format = SIDEREAL_FORMAT_TEXT) const {
		std::size_t length = 0;
		detail::check_plain(sidereal_audit_write(handle_.get(), format, nullptr, 0, &length));
		std::string text(length + 1, '\0');
		detail::check_plain(sidereal_audit_write(handle_.get(), format, text.data(), text.size(), nullptr));
		text.resize(length);
		return text;
	}

private:
	std::unique_ptr<sidereal_audit, detail::deleter<sidereal_audit_free>> handle_;
};

// Settings to make engines of.
class config {
public:
	config() {
		sidereal_config *made = nullptr;
		check(sidereal_config_new(&made));
		handle_.reset(made);
	}

	config &set(sidereal_setting setting, std::string_view value) {
		check(sidereal_config_set_text(get(), setting, value.data() ? value.data() : "", value.size()));
		return *this;
	}

	config &set(sidereal_setting setting, std::uint64_t value) {
		check(sidereal_config_set_number(get(), setting, value));
		return *this;
	}

	config &on_event(sidereal_event_callback callback, void *context = nullptr) {
		check(sidereal_config_set_events(get(), callback, context));
		return *this;
	}

	config &clock(sidereal_clock_callback callback, void *context = nullptr) {
		check(sidereal_config_set_clock(get(), callback, context));
		return *this;
	}

	void rotate_keyring(std::size_t keep) { check(sidereal_config_rotate_keyring(get(), keep)); }

	sidereal::audit audit() const {
		sidereal_audit *made = nullptr;
		check(sidereal_config_audit(get(), &made));
		return sidereal::audit(made);
	}

	sidereal_config *get() const noexcept { return handle_.get(); }

private:
	void check(sidereal_status status) const { detail::check<sidereal_config, sidereal_config_message>(status, get()); }

	std::unique_ptr<sidereal_config, detail::deleter<sidereal_config_free>> handle_;
};

// Shared by any number of threads.
class engine {
public:
	explicit engine(const config &settings) {
		sidereal_engine *made = nullptr;
		detail::check<sidereal_config, sidereal_config_message>(sidereal_engine_new(settings.get(), &made), settings.get());
		handle_.reset(made);
	}

	std::uint64_t sweep(std::uint32_t budget_ms) const {
		std::uint64_t removed = 0;
		detail::check<sidereal_engine, sidereal_engine_message>(sidereal_engine_sweep(get(), budget_ms, &removed), get());
		return removed;
	}

	// The living sessions of a user, the one used last first.
	std::vector<session_info> roster(std::string_view user) const {
		sidereal_roster *made = nullptr;
		check(sidereal_engine_roster(get(), detail::at(user), user.size(), &made));
		return detail::infos_of(made);
	}

	std::vector<session_info> roster_of_prefix(std::string_view prefix) const {
		sidereal_roster *made = nullptr;
		check(sidereal_engine_roster_of_prefix(get(), detail::at(prefix), prefix.size(), &made));
		return detail::infos_of(made);
	}

	// Whether there was such a session of this user.
	bool revoke(std::string_view user, std::string_view handle) const {
		std::uint32_t found = 0;
		check(sidereal_engine_revoke(get(), detail::at(user), user.size(), detail::at(handle), handle.size(), &found));
		return found != 0;
	}

	std::uint64_t revoke_user(std::string_view user) const {
		std::uint64_t count = 0;
		check(sidereal_engine_revoke_user(get(), detail::at(user), user.size(), &count));
		return count;
	}

	std::uint64_t revoke_others(std::string_view user, std::string_view keep) const {
		std::uint64_t count = 0;
		check(sidereal_engine_revoke_others(get(), detail::at(user), user.size(), detail::at(keep), keep.size(), &count));
		return count;
	}

	std::uint64_t revoke_all() const {
		std::uint64_t count = 0;
		check(sidereal_engine_revoke_all(get(), &count));
		return count;
	}

	std::string mint(std::string_view prefix = "") const {
		char id[257] = "";
		check(sidereal_engine_mint(get(), detail::at(prefix), prefix.size(), &id));
		return id;
	}

	std::string mint_for(std::string_view user) const {
		char id[257] = "";
		check(sidereal_engine_mint_for(get(), detail::at(user), user.size(), &id));
		return id;
	}

	// Call it first in a forked child.
	void after_fork() {
		sidereal_engine *handle = handle_.release();
		const sidereal_status status = sidereal_after_fork(&handle);
		handle_.reset(handle);
		detail::check<sidereal_engine, sidereal_engine_message>(status, get());
	}

	sidereal_engine *get() const noexcept { return handle_.get(); }

private:
	void check(sidereal_status status) const { detail::check<sidereal_engine, sidereal_engine_message>(status, get()); }

	std::unique_ptr<sidereal_engine, detail::deleter<sidereal_engine_free>> handle_;
};

// One request and its session; closed when it goes out of scope.
class request {
public:
	explicit request(const engine &of) {
		sidereal_request *made = nullptr;
		detail::check<sidereal_engine, sidereal_engine_message>(sidereal_request_new(of.get(), &made), of.get());
		handle_.reset(made);
	}

	request &cookies(std::string_view header) {
		check(sidereal_request_add_cookies(get(), header.data() ? header.data() : "", header.size()));
		return *this;
	}

	request &https(bool yes) {
		check(sidereal_request_set_https(get(), yes ? 1 : 0));
		return *this;
	}

	request &address(std::string_view text) {
		check(sidereal_request_set_address(get(), text.data() ? text.data() : "", text.size()));
		return *this;
	}

	request &user_agent(std::string_view text) {
		check(sidereal_request_set_user_agent(get(), text.data() ? text.data() : "", text.size()));
		return *this;
	}

	request &method(std::string_view text) {
		check(sidereal_request_set_method(get(), detail::at(text), text.size()));
		return *this;
	}

	request &header(std::string_view name, std::string_view value) {
		check(sidereal_request_add_header(get(), detail::at(name), name.size(), detail::at(value), value.size()));
		return *this;
	}

	request &open(sidereal_access access = SIDEREAL_ACCESS_EXCLUSIVE) {
		check(sidereal_request_open(get(), access));
		return *this;
	}

	// Valid until the next call that is not const.
	std::string_view payload() {
		const void *at = nullptr;
		std::size_t length = 0;
		check(sidereal_request_payload(get(), &at, &length));
		return {static_cast<const char *>(at), length};
	}

	void commit() { check(sidereal_request_commit(get())); }

	void commit(std::string_view payload) {
		check(sidereal_request_set_payload(get(), payload.data(), payload.size()));
		commit();
	}

	void rotate() { check(sidereal_request_rotate(get())); }
	void elevate(sidereal_snapshot old = SIDEREAL_SNAPSHOT_AS_READ) { check(sidereal_request_elevate(get(), old)); }

	void login(std::string_view user, std::string_view methods) {
		check(sidereal_request_login(get(), detail::at(user), user.size(), detail::at(methods), methods.size()));
	}

	/* A token for a form: sidereal_request_csrf_token(). */
	std::string csrf_token(std::string_view scope = "", bool once = false) {
		char token[88];
		check(sidereal_request_csrf_token(get(), detail::at(scope), scope.size(), once, &token));
		return token;
	}
	bool csrf_verify(std::string_view token, std::string_view scope = "", bool once = false) {
		uint32_t answer = 0;
		check(sidereal_request_csrf_verify(get(), detail::at(token), token.size(), detail::at(scope), scope.size(), once, &answer));
		return answer;
	}
	/* Why the request is refused, or SIDEREAL_REFUSAL_NONE: sidereal_request_csrf_check(). */
	sidereal_refusal csrf_check(std::string_view token, std::string_view scope = "", bool once = false) {
		sidereal_refusal refusal{};
		check(sidereal_request_csrf_check(get(), token.empty() ? nullptr : token.data(), token.size(), detail::at(scope), scope.size(), once, &refusal));
		return refusal;
	}
	void reauthenticated(std::string_view methods, std::string_view scopes = "") {
		check(sidereal_request_reauthenticated(get(), detail::at(methods), methods.size(), detail::at(scopes), scopes.size()));
	}

	bool is_fresh(std::uint32_t max_age_s, std::string_view method = "", std::string_view scope = "") {
		std::uint32_t yes = 0;
		check(sidereal_request_is_fresh(get(), max_age_s, detail::at(method), method.size(), detail::at(scope), scope.size(), &yes));
		return yes != 0;
	}

	bool is_bound() const {
		std::uint32_t yes = 0;
		check(sidereal_request_is_bound(get(), &yes));
		return yes != 0;
	}

	bool must_reauthenticate() const {
		std::uint32_t yes = 0;
		check(sidereal_request_must_reauthenticate(get(), &yes));
		return yes != 0;
	}

	bool is_of(std::string_view user) const {
		std::uint32_t yes = 0;
		check(sidereal_request_is_of(get(), detail::at(user), user.size(), &yes));
		return yes != 0;
	}

	session_info info() const {
		sidereal_roster *made = nullptr;
		check(sidereal_request_info(get(), &made));
		return detail::infos_of(made).at(0);
	}

	void logout() { check(sidereal_request_logout(get())); }
	void close() { check(sidereal_request_close(get())); }

	// The value of the Set-Cookie header to send; empty when there is none. Valid until the next call that is not const.
	std::string_view set_cookie() const {
		const char *line = nullptr;
		std::size_t length = 0;
		check(sidereal_request_set_cookie(get(), &line, &length));
		return {line, length};
	}

	sidereal_denial denial() const {
		sidereal_denial found = SIDEREAL_DENIAL_NONE;
		check(sidereal_request_denial(get(), &found));
		return found;
	}

	bool is_writable() const {
		std::uint32_t yes = 0;
		check(sidereal_request_is_writable(get(), &yes));
		return yes != 0;
	}

	sidereal_request *get() const noexcept { return handle_.get(); }

private:
	void check(sidereal_status status) const { detail::check<sidereal_request, sidereal_request_message>(status, get()); }

	std::unique_ptr<sidereal_request, detail::deleter<sidereal_request_free>> handle_;
};

} // namespace sidereal

#endif
