{enums}
CREATE TABLE employees (emp_no INTEGER PRIMARY KEY, birth_date DATE, first_name VARCHAR(14), last_name VARCHAR(16), gender {gender}, hire_date DATE);
CREATE TABLE departments (dept_no CHAR(4) PRIMARY KEY, dept_name VARCHAR(40));
CREATE TABLE titles (emp_no INTEGER, title VARCHAR(50), from_date DATE, to_date DATE, PRIMARY KEY (emp_no, title, from_date));
INSERT INTO employees VALUES (10001, '1953-09-02', '伟', '陈', 'M', '1986-06-26'), (10002, '1964-06-02', '静', '王', 'F', '1996-08-03'), (10003, '1959-12-03', '三丰', '张', 'M', '1995-12-03'), (10004, '1954-05-01', '敏', '李', 'F', '1986-12-01'), (10005, '1955-01-21', '强', '赵', 'M', '1989-09-12');
INSERT INTO departments VALUES ('d004', 'Production'), ('d005', 'Development'), ('d006', 'Quality Management');
INSERT INTO titles VALUES (10001, 'Senior Engineer', '1986-06-26', '2008-08-03'), (10001, 'Manager', '2008-08-03', '9999-01-01'), (10002, 'Staff', '1996-08-03', '9999-01-01'), (10003, 'Engineer', '1995-12-03', '9999-01-01'), (10003, 'Adviser', '1995-12-03', '9999-01-01'), (10004, 'Engineer', '1986-12-01', '2010-01-01');
